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
export { type Proof, type ProvedProblem, type ProveOptions, prove } from './prove/prove.ts'
export { type Replay, type ReplayOptions, replay } from './prove/replay.ts'
export type { CreateApplication } from './prove/schedule/schedule.ts'
export type { ModuleState, World } from './prove/schedule/world.ts'
export { createTestApp, type TestApp, type TestAppOptions } from './test-app.ts'
export { TestHost, type TestHostOptions } from './test-host.ts'
export { VirtualClock } from './virtual-clock.ts'
