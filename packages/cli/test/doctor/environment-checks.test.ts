import { describe, expect, test } from 'vitest'
import { checkInit, checkNode, type Environment } from '../../src/doctor/environment-checks.ts'

const around = (some: Partial<Environment>): Environment => ({
  nodeVersion: '24.1.0',
  container: false,
  init: [],
  files: {},
  ...some,
})
const docker = (...lines: string[]) => around({ files: { Dockerfile: lines.join('\n') } })

describe('the environment', () => {
  test.each([
    ['20.19.0', 'ok'],
    ['20.18.3', 'error'],
    ['18.20.0', 'error'],
    ['22.0.0', 'ok'],
    ['26.1.0-nightly', 'ok'],
  ])('Node %s is %s', (nodeVersion, severity) => {
    expect(checkNode(around({ nodeVersion })).severity).toBe(severity)
  })

  test.each<[string, Environment, string]>([
    [
      'a shell that starts the service in a container',
      around({ container: true, init: ['/bin/sh', '-c', 'npm start', 'npm'] }),
      'error',
    ],
    [
      'a shell that runs the service',
      around({ container: true, init: ['/bin/sh', '-c', 'myfy start dist/main.js'] }),
      'error',
    ],
    [
      'a shell that replaces itself',
      around({ container: true, init: ['/bin/sh', '-c', 'exec node dist/main.js', 'node'] }),
      'warning',
    ],
    ['npm as process 1', around({ container: true, init: ['npm', 'start'] }), 'error'],
    [
      'node as process 1 without an init',
      around({ container: true, init: ['node', 'dist/main.js'] }),
      'warning',
    ],
    ['an init', around({ container: true, init: ['/sbin/docker-init', '--', 'node', 'main.js'] }), 'ok'],
    ['a container of tools', around({ container: true, init: ['sleep', 'infinity'] }), 'ok'],
    ['no container', around({ init: ['node', 'x'] }), 'ok'],
    ['the shell form', docker('FROM node', 'CMD myfy start'), 'error'],
    [
      'the shell form with exec',
      docker('FROM node', 'ENTRYPOINT ["tini", "--"]', 'CMD ["myfy", "start"]'),
      'ok',
    ],
    ['npm in a Dockerfile', docker('FROM node', 'CMD ["npm", "start"]'), 'error'],
    [
      'tini before npm',
      docker('FROM node', 'ENTRYPOINT ["/usr/bin/tini", "--"]', 'CMD ["npm", "start"]'),
      'error',
    ],
    ['node in a Dockerfile without an init', docker('FROM node', 'CMD ["node", "dist/main.js"]'), 'warning'],
    [
      'an init in the compose file',
      around({
        files: {
          Dockerfile: 'FROM node\nCMD ["node", "x"]',
          'compose.yaml': 'services:\n  app:\n    init: true\n',
        },
      }),
      'ok',
    ],
    [
      'only the last stage',
      docker('FROM a AS build', 'CMD npm start', 'FROM b', 'ENTRYPOINT ["tini", "--", "node", "x"]'),
      'ok',
    ],
  ])('%s', (_, environment, severity) => {
    const diagnostics = checkInit(environment)
    expect(diagnostics[0]!.severity).toBe(severity)
    if (severity !== 'ok') expect(diagnostics[0]!.remedy).toBeTruthy()
  })
})
