import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  testing: 'src/testing/index.ts',
  bullmq: 'src/bullmq/index.ts',
})
