// The peers: how each starts the same application, and its prerequisites.

import path from 'node:path'

const bin = (directory, name) => path.join(directory, 'node_modules/.bin', name)

/**
 * Each peer: the command over the generated application. `tools` is where the peers are installed. vite, hot-hook and
 * bun --hot reload a handler, which starts nothing; nest runs a separate application.
 */
export const peers = {
  myfy: ({ app, here }) => [process.execPath, [path.join(here, 'supervise.mjs'), app.entry]],
  // With --hot, an application that awaits its end is never evaluated again; a plain handler is used instead.
  'bun --hot': ({ root, tools }) => [bin(tools, 'bun'), ['--hot', path.join(root, 'src/bun.ts')]],
  'bun --watch': ({ app, tools }) => [bin(tools, 'bun'), ['--watch', app.main]],
  'vite ModuleRunner': ({ root, tools, here, port }) => [
    process.execPath,
    [path.join(here, 'vite-runner.mjs'), root, tools, port],
  ],
  'tsx watch': ({ app, tools }) => [bin(tools, 'tsx'), ['watch', '--clear-screen=false', app.main]],
  'nodemon + tsx': ({ app, tools }) => [
    bin(tools, 'nodemon'),
    ['--quiet', '--watch', 'src', '--ext', 'ts', '--exec', `${bin(tools, 'tsx')} ${app.main}`],
  ],
  'node --watch + tsx': ({ app, tools }) => [
    process.execPath,
    [
      '--watch',
      '--watch-preserve-output',
      '--import',
      path.join(tools, 'node_modules/tsx/dist/loader.mjs'),
      app.main,
    ],
  ],
  'hot-hook': ({ root, tools, here, port }) => [
    process.execPath,
    [
      '--import',
      path.join(tools, 'node_modules/tsx/dist/loader.mjs'),
      path.join(here, 'hot-hook.mjs'),
      root,
      tools,
      port,
    ],
  ],
  'nest start --watch': ({ tools }) => [bin(tools, 'nest'), ['start', '--watch', '--builder', 'swc']],
}
