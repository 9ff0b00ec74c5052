// A process that announces `target` in `file` when it is told to, and withdraws it when its parent lets it go.
import { announceTarget } from '../../../src/discovery/file-sd.ts';

const [file = '', target = ''] = process.argv.slice(2);

process.once('message', () => {
  void announceTarget({ file, target, labels: { server: target } }).then((announcement) => {
    process.on('exit', () => announcement.withdraw());
    process.send?.('announced');
  });
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
