import { describe, expect, test } from 'vitest'
import { projectName, withProjectName } from '../src/index.ts'

describe('the name of a project', () => {
  test.each([
    ['my-app', 'my-app'],
    ['My App!', 'my-app'],
    ['.hidden', 'hidden'],
    ['_x_', 'x_'],
    ['Überblick', 'uberblick'],
    ["it's", 'it-s'],
    ['a;rm -rf', 'a-rm-rf'],
  ])('of the folder %s is %s', (folder, name) => {
    expect(projectName(folder)).toBe(name)
  })

  test('needs a letter or a digit', () => {
    expect(() => projectName('...')).toThrow('a package name needs letters or digits')
  })

  test.each([
    ['"name": "@myfy/starter"', '"name": "my.app"'],
    ['<h1>myfy starter</h1>', '<h1>my.app</h1>'],
    ['deploy/starter.service', 'deploy/my-app.service'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is source code
    ['`starter_${id}`', '`my_app_${id}`'],
    ['starters', 'starters'],
  ])('in %s gives %s', (text, expected) => {
    expect(withProjectName(text, 'my.app')).toBe(expected)
  })
})
