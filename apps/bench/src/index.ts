export { ExitCode } from './arguments.ts';
export { Histogram, type HistogramData } from './histogram.ts';
export { type BenchStreams, runBench } from './run-bench.ts';
export type { Sample } from './sample.ts';
export type { Cell, Row } from './summary.ts';
