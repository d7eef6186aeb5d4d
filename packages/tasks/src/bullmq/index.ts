// The public names of @myfy/tasks/bullmq.

export { type BullmqOptions, bullmq } from './bullmq.ts'
