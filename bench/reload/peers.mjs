// Whom we measure: how each starts the same application, and what it needs for that.

import path from 'node:path'

const bin = (directory, name) => path.join(directory, 'node_modules/.bin', name)

/**
 * Each peer: the command over the generated application in `app`. `tools` is where the peers are installed.
 * `prepare` adds what the peer wants to find there.
 */
export const peers = {
  myfy: ({ app, here }) => [process.execPath, [path.join(here, 'supervise.mjs'), app.entry]],
  'bun --hot': ({ app, tools }) => [bin(tools, 'bun'), ['--hot', app.main]],
  'bun --watch': ({ app, tools }) => [bin(tools, 'bun'), ['--watch', app.main]],
  'vite ModuleRunner': ({ app, tools, here }) => [process.execPath, [path.join(here, 'vite-runner.mjs'), app.entry, tools]],
  'tsx watch': ({ app, tools }) => [bin(tools, 'tsx'), ['watch', '--clear-screen=false', app.main]],
  'nodemon + tsx': ({ app, tools }) => [
    bin(tools, 'nodemon'),
    ['--quiet', '--watch', 'src', '--ext', 'ts', '--exec', `${bin(tools, 'tsx')} ${app.main}`],
  ],
  'node --watch + tsx': ({ app, tools }) => [
    process.execPath,
    ['--watch', '--watch-preserve-output', '--import', path.join(tools, 'node_modules/tsx/dist/loader.mjs'), app.main],
  ],
  'hot-hook': ({ app, tools, here }) => [
    process.execPath,
    ['--import', path.join(tools, 'node_modules/tsx/dist/loader.mjs'), path.join(here, 'hot-hook.mjs'), app.entry, tools],
  ],
  'nest start --watch': ({ tools, nest }) => [bin(tools, 'nest'), ['start', '--watch', '--builder', 'swc', '--path', nest]],
}
