// A server that echoes its input.
process.stdin.on('data', (chunk) => process.stdout.write(chunk));
