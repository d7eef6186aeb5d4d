// The public names of @myfy/core/testing.

export {
  type Fault,
  type FaultCell,
  type FaultPhase,
  type FaultReport,
  type FaultyOptions,
  faultMatrix,
  faultPhases,
  faults,
} from './faults.ts'
export { expectNoLeaks } from './leaks.ts'
export { createTestApp, type TestAppOptions } from './testapp.ts'
export { TestHost, type TestHostOptions } from './testhost.ts'
export { VirtualClock } from './virtualclock.ts'
