#!/usr/bin/env node
// CommonJS: the worker of `myfy run` is forked before Node prepares its loader of modules. The version is printed without
// loading anything else, because scripts read it often.
const { readFileSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

const words = process.argv.slice(2)

async function main() {
  // Process 1 of a container would lose a signal, and one whose preload handles it.
  if (process.pid === 1 || handlesSignals()) (await import('../dist/early-signals.js')).exitOnEarlySignals()
  const firstWorker = words[0] === 'run' ? forkFirstWorker() : undefined
  // Since Node 22: compiled code is cached, that of the application included.
  enableCompileCache?.()
  const { runCommandLine } = await import('../dist/command-line.js')
  await runCommandLine(firstWorker)
}

function handlesSignals() {
  return ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'].some((signal) => process.listenerCount(signal) > 0)
}

function forkFirstWorker() {
  return require('../dist/first-worker.cjs').forkFirstWorker(words)
}

if (['--version', '-v', '-V'].includes(words[0])) {
  process.stdout.on('error', ({ code, message }) => {
    if (code === 'EPIPE') return
    process.exitCode = 1
    process.stderr.write(
      `✗ Cannot write to standard output: ${message}. Free space on the disk, or write to another file.\n`,
    )
  })
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'))
  process.stdout.write(`${version}\n`)
} else void main()
