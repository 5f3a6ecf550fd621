/** @file An experiment as it is written and the directory of its run: files alone, so that no engine has to load. */
export { type LoadedConfig, loadConfig, printConfig } from './config.ts'
export { acceptBaseline, readBaseline } from './gate-baseline.ts'
export { compactResults, readResults, sealed, withoutPlaces } from './results.ts'
export { listRuns } from './run-list.ts'
export { claimRun, loadRun, locateRun, openRun } from './runs.ts'
export { loadSweep, type SweepOptions } from './sweeps/expand.ts'
