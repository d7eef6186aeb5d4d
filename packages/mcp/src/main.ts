// `myfy-mcp`: the server on standard input and output.

import { parseArgs } from 'node:util'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { createServer } from './server.ts'

const { values } = parseArgs({ options: { url: { type: 'string' } } })
const { PORT, MYFY_INSPECTOR_TOKEN: token } = process.env
const server = createServer({ url: values.url ?? `http://localhost:${PORT || 8000}/_myfy`, token })
await server.connect(new StdioServerTransport())
