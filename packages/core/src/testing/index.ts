// The public names of @myfy/core/testing.

export { expectNoLeaks } from './expect-no-leaks.ts'
export {
  type Fault,
  type FaultCell,
  type FaultPhase,
  type FaultReport,
  type FaultyOptions,
  faultMatrix,
  faultPhases,
  faults,
} from './fault-matrix.ts'
export { createTestApp, type TestAppOptions } from './test-app.ts'
export { TestHost, type TestHostOptions } from './test-host.ts'
export { VirtualClock } from './virtual-clock.ts'
