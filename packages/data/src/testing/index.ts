// The public names of @myfy/data/testing.

export type { Fault } from '../crash/boundaries.ts'
export { certificate, isProved, summary } from '../crash/certificate.ts'
export { type CrashCheck, crashChecksOf } from '../crash/crash-check.ts'
export type { CrashClient, CrashRequest, CrashResponse } from '../crash/crash-client.ts'
export type { Launch, LaunchAddress } from '../crash/crash-process.ts'
export { type CrashOptions, type CrashProof, proveCrash } from '../crash/prove-crash.ts'
export { type CrashProblem, type CrashScenario, defineCrashScenario } from '../crash/scenario.ts'
export { TestDatabase, type TestDatabaseOptions, testDatabase } from './test-database.ts'
