// The public names of @myfy/mcp.

export { InspectorError } from './errors.ts'
export type { InspectorAddress } from './inspection.ts'
export { createServer } from './server.ts'
