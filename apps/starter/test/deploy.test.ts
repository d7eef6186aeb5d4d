import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Deployment } from 'kubernetes-models/apps/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Service } from 'kubernetes-models/v1'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { read } from './application.ts'
import { Lines } from './lines.ts'
import { AppProcess, myfy, nodeOptions, root } from './process.ts'
import { preparedDirectory } from './servers.ts'

const file = (name: string) => readFileSync(join(root, name), 'utf8')
const has = (program: string) => spawnSync('which', [program]).status === 0
const directory = mkdtempSync(join(tmpdir(), 'starter-deploy-'))
const data = await preparedDirectory()
const ends: Array<() => unknown> = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})
afterAll(() => {
  for (const one of [directory, data]) rmSync(one, { recursive: true, force: true })
})

const unit = file('deploy/starter.service')
const supervisord = file('deploy/supervisord.conf')
const compose = parse(file('compose.yaml'))
const manifests = parseAllDocuments(file('deploy/kubernetes.yaml')).map((document) => document.toJSON())
const pod = manifests[0].spec.template.spec
const pm2 = createRequire(import.meta.url)('../deploy/pm2.config.cjs').apps[0]

describe('the grace period of every platform', () => {
  const seconds = (pattern: RegExp, text: string) => Number(pattern.exec(text)?.[1])
  const granted = {
    Kubernetes: [
      pod.terminationGracePeriodSeconds - pod.containers[0].lifecycle.preStop.sleep.seconds,
      pod.containers[0].env[0].value,
    ],
    compose: [
      seconds(/(\d+)s/, compose.services.app.stop_grace_period),
      compose.services.app.environment.MYFY_GRACE_PERIOD,
    ],
    systemd: [seconds(/TimeoutStopSec=(\d+)/, unit), /MYFY_GRACE_PERIOD=(\S+)/.exec(unit)?.[1]],
    supervisord: [
      seconds(/stopwaitsecs=(\d+)/, supervisord),
      /MYFY_GRACE_PERIOD="(.*?)"/.exec(supervisord)?.[1],
    ],
    PM2: [pm2.kill_timeout / 1_000, pm2.env.MYFY_GRACE_PERIOD],
  }

  it.each(Object.entries(granted))('%s: the granted time equals MYFY_GRACE_PERIOD', (_, [time, named]) => {
    expect(named).toBe(`${time}s`)
    expect(time).toBe(35)
  })

  it('is long enough for the doctor', () => {
    // Any free port: the doctor reports an error if 8000 is in use.
    const env = { ...process.env, MYFY_GRACE_PERIOD: '35s', DATA_DIR: data, PORT: '0' }
    const { status, stdout } = spawnSync(myfy[0]!, [...myfy.slice(1), 'doctor'], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/✓ grace/)
    expect(status).toBe(0)
  }, 30_000)
})

describe('Kubernetes', () => {
  it('accepts the manifests', () => {
    const models = { Deployment, Service, PodDisruptionBudget }
    for (const manifest of manifests) new models[manifest.kind as keyof typeof models](manifest).validate()
    expect(manifests.map(({ kind }) => kind)).toEqual(Object.keys(models))
  })

  it('probes paths that exist', async () => {
    await using app = new AppProcess({ DATA_DIR: data })
    const url = await app.url()
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect((await read(fetch(url + pod.containers[0][probe].httpGet.path))).status).toBe(200)
    }
    const asked = spawnSync(myfy[0]!, [...myfy.slice(1), 'health', '--url', `${url}/health/live`], {
      cwd: root,
    })
    expect(asked.status).toBe(0)
    expect(file('Dockerfile')).toContain('/health/live')
    expect(await app.stop()).toBe(0)
  }, 60_000)
})

describe.skipIf(!has('docker-compose'))('compose', () => {
  it('accepts the file', () => {
    execFileSync('docker-compose', ['-f', join(root, 'compose.yaml'), 'config'], { stdio: 'pipe' })
  })
})

describe('systemd', () => {
  it.skipIf(!has('systemd-analyze'))('accepts the unit', () => {
    const copy = join(directory, 'starter.service')
    // The path of the program and the user differ on this machine.
    writeFileSync(copy, unit.replace('/usr/bin/node', process.execPath).replace(/^User=.*$/m, ''))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it.skipIf(!has('systemd-notify') || !has('python3'))(
    'is notified when the application is ready, and passes it a socket',
    async () => {
      const path = join(directory, 'notify')
      const listen = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print('bound',flush=True)
while True: print(s.recv(4096).decode(),flush=True)`
      const manager = spawn('python3', ['-c', listen, path], { stdio: ['ignore', 'pipe', 'inherit'] })
      const notified = new Lines()
      createInterface(manager.stdout).on('line', (line) => notified.add(line))
      ends.push(() => manager.kill())
      await notified.first(/bound/)

      // As systemd does: the socket exists before the process, which inherits it as file descriptor 3.
      const hand = `import os,socket,sys
s=socket.create_server(('127.0.0.1',0)); os.dup2(s.fileno(),3); os.set_inheritable(3,True); os.environ['LISTEN_PID']=str(os.getpid())
print('port',s.getsockname()[1],flush=True); os.execv(sys.argv[1],sys.argv[1:])`
      const command = ['python3', '-c', hand, process.execPath, ...nodeOptions, 'src/main.ts']
      await using app = new AppProcess({ NOTIFY_SOCKET: path, LISTEN_FDS: '1', DATA_DIR: data }, command)
      const port = (await app.lines.first(/^port/)).split(' ')[1]
      expect(await app.url()).toContain(`:${port}`)
      await notified.first(/READY=1/)
      expect((await read(fetch(`http://127.0.0.1:${port}/health/ready`))).status).toBe(200)
      app.child.kill('SIGTERM')
      await notified.first(/STOPPING=1/)
      expect(await app.exited).toBe(0)
      manager.kill()
    },
    60_000,
  )
})

describe('PM2', () => {
  it('is notified when the application is ready, and stops it by SIGINT', async () => {
    expect(pm2.wait_ready).toBe(true)
    await using app = new AppProcess({ DATA_DIR: data }, undefined, ['ipc'])
    const [message] = await once(app.child, 'message')
    expect(message).toBe('ready')
    expect(await app.stop('SIGINT')).toBe(0)
  }, 60_000)
})

describe.skipIf(!has('supervisord'))(
  `supervisord${has('supervisord') ? '' : ' (not installed: skipped)'}`,
  () => {
    it('runs the application, and waits for its stop', async () => {
      const out = join(directory, 'starter.log')
      const program = supervisord
        .replace(
          /^command=.*$/m,
          `command=${[process.execPath, ...nodeOptions, join(root, 'src/main.ts')].join(' ')}`,
        )
        .replace(/^directory=.*$/m, `directory=${root}`)
        .replace(/^user=.*$/m, '')
        .replace('DATA_DIR="/var/lib/starter"', `DATA_DIR="${data}",PORT="0"`)
        .replaceAll(/^(std\w+)_logfile=.*$/gm, `$1_logfile=${out}`)
        .replace('startsecs=5', 'startsecs=1')
      const config = join(directory, 'supervisord.conf')
      writeFileSync(
        config,
        `[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${directory}/pid\n${program}`,
      )
      const lines = new Lines()
      const child = spawn('supervisord', ['-n', '-c', config], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const output of [child.stdout, child.stderr])
        createInterface(output).on('line', (line) => lines.add(line))
      const closed = once(child, 'close')
      // SIGKILL would leave the application running.
      ends.push(async () => {
        child.kill('SIGTERM')
        await closed
      })
      await lines.first(/starter entered RUNNING state/)
      const log = new Lines()
      const tail = spawn('tail', ['-n', '+1', '-F', out], { stdio: ['ignore', 'pipe', 'ignore'] })
      ends.push(() => tail.kill())
      createInterface(tail.stdout).on('line', (line) => log.add(line))
      await log.first(/ready in/)
      child.kill('SIGTERM')
      expect(await lines.first(/(exited|stopped): starter/)).toMatch(/exit status 0/)
      await closed
      expect(readFileSync(out, 'utf8')).toContain('exit code 0')
    }, 60_000)
  },
)
