// The supervisor alone, without the command line.
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const entry = process.argv[2]
const { supervise } = await import(
  pathToFileURL(createRequire(path.join(process.cwd(), 'x')).resolve('@myfy/reload')).href
)
process.exitCode = await supervise({ entry, poll: process.env.POLL ? true : undefined })
