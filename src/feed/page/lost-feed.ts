// The parts that are needed only while the feed is not available. The page loads them in advance, because the exporter may
// be unreachable then.
export { findFeedProblem } from './connection/feed-problem.ts';
export { lostNotice, polledNotice } from './state/lost-notice.ts';
export { Polling } from './state/polling.ts';
