// pm2 start deploy/pm2.config.cjs; replicas need DATABASE_URL, the embedded database takes one process only.
module.exports = {
  apps: [
    {
      name: 'starter',
      script: 'node_modules/@myfy/cli/bin/myfy.js',
      args: 'start dist/main.js',
      instances: 1,
      wait_ready: true,
      listen_timeout: 90_000,
      kill_timeout: 35_000,
      stop_exit_codes: [0, 78],
      env: { NODE_ENV: 'production', MYFY_GRACE_PERIOD: '35s' },
    },
  ],
}
