// The smallest server: what it hears, it says.
process.stdin.on('data', (chunk) => process.stdout.write(chunk));
