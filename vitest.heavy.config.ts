import { configDefaults, defineConfig } from 'vitest/config'
import config, { heavy } from './vitest.config.ts'

export default defineConfig({
  ...config,
  test: { ...config.test, include: heavy, exclude: configDefaults.exclude },
})
