import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {Config} from '@oclif/core'
import {expect, test} from 'vitest'

// What README.md and docs/*.md name is there: files behind links, commands with their flags, recipes.

const root = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(isPage)
    .map(name => `docs/${name}`),
]

/** Not the log, which tells of the past. */
function isPage(name: string): boolean {
  return name.endsWith('.md') && name !== 'LOG.md'
}

const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

test.each(pages)('%s: every file that it links to is there', page => {
  const links = [...textOf(page).matchAll(/\]\(([^)#\s]+)|(?:src|srcset)="([^"]+)"/g)].map(
    ([, link, image]) => link ?? image,
  )
  const missing = links.filter(link => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)))
  expect(missing).toEqual([])
})

test('every command line of the docs names a command, flags that it has, and recipes that are there', async () => {
  const config = await Config.load(root)
  const commands = new Map(config.commands.map(({id, flags, aliases}) => [id, {flags: Object.keys(flags), aliases}]))
  const wrong: string[] = []
  for (const page of pages) {
    for (const line of shellLines(textOf(page))) {
      const words = /(?:^|&& |npx )svft ([^#|&]*)/.exec(line)?.[1].trim().split(/\s+/)
      if (!words) continue
      const command = commands.get(words.slice(0, 2).join(':')) ?? commands.get(words[0])
      if (!command) wrong.push(`${page}: ${line}: no such command`)
      for (const word of words.slice(1)) {
        const flag = /^--([\w-]+)/.exec(word)?.[1]
        if (flag && flag !== 'json' && !command?.flags.includes(flag)) wrong.push(`${page}: ${line}: no flag --${flag}`)
        if (word.startsWith('configs/') && !/[*<…]/.test(word) && !existsSync(join(root, word))) {
          wrong.push(`${page}: ${line}: ${word} is not there`)
        }
      }
    }
  }
  expect(wrong).toEqual([])
})

test('the workflow to copy names every action by its commit, and behind it the version', () => {
  const actions = textOf('docs/ci/reproduce.yaml').match(/uses:.*/g) ?? []
  expect(actions).toHaveLength(3)
  expect(actions.filter(action => !/^uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([])
})

/** The lines of a page's sh blocks, continued ones joined. */
function shellLines(text: string): string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.replaceAll('\\\n', ' ').split('\n'))
}
