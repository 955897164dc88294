import {expect, test} from 'vitest'
import {cells, left, right, type TextTable} from '../tables/text-table.ts'
import {tableText} from './html.ts'

const htmlOf = (table: Partial<TextTable>) => tableText({id: 'x', title: 'x', head: [], rows: [], ...table})

test('a name of folders may be broken after each slash, and a command between its words', () => {
  const html = htmlOf({
    head: ['Recipe', 'Command'].map(left),
    rows: [
      [
        {text: 'a/b<c', isPath: true},
        {text: 'svft run a/b', isCommand: true},
      ],
    ],
  })
  expect(html).toContain('<td class="left path">a/<wbr>b&lt;c</td>')
  expect(html).toContain('<code><span>svft</span> <span>run</span> <span>a/b</span></code>')
})
