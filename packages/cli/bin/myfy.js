#!/usr/bin/env node
// The version without loading anything: scripts ask for it often.
import { readFileSync } from 'node:fs'

const word = process.argv[2]
if (word === '--version' || word === '-v' || word === '-V') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
} else {
  await import('../dist/main.js')
}
