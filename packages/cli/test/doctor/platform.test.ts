import { expect, test } from 'vitest'
import { platformOf } from '../../src/doctor/platform.ts'

test.each([
  [{ KUBERNETES_SERVICE_HOST: 'x' }, true, 'Kubernetes'],
  [{ pm_id: '0' }, false, 'PM2'],
  [{ SUPERVISOR_ENABLED: '1' }, false, 'supervisord'],
  [{}, true, 'Docker'],
  [{ INVOCATION_ID: 'x', SYSTEMD_EXEC_PID: String(process.pid) }, false, 'systemd'],
  [{ INVOCATION_ID: 'x', SYSTEMD_EXEC_PID: '1' }, false, undefined],
  [{}, false, undefined],
])('%j in a container: %s is %s', (env, container, name) => {
  expect(platformOf({ env, container })?.name).toBe(name)
})
