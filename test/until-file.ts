// Code of an application under test that waits until its test has written a file into the folder that it runs in.

/** Returns a statement for an asynchronous function or a module: it resolves when the file exists. */
export const untilFile = (name: string): string => `{
  const [{ existsSync, watch }, { once }] = await Promise.all([import('node:fs'), import('node:events')])
  const folder = watch('.')
  while (!existsSync('${name}')) await once(folder, 'change')
  folder.close()
}`
