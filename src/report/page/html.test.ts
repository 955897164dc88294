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
  expect(html).toContain('<th scope="row" class="left path">a/<wbr>b&lt;c</th>')
  expect(html).toContain('<code><span>svft</span> <span>run</span> <span>a/b</span></code>')
})

test('every heading says what it heads: a column, a group of columns, or a row', () => {
  const html = htmlOf({
    head: [left('Method'), left(''), {...right('boolq'), group: 'Score'}, {...right('piqa'), group: 'Score'}],
    rows: [cells('LoRA', 'ours', '50.0', '60.0')],
  })
  expect(html.match(/<t[hd].*?<\/t[hd]>/g)).toEqual([
    '<td colspan="2"></td>',
    '<th scope="colgroup" colspan="2" class="group">Score</th>',
    '<th scope="col" class="left">Method</th>',
    '<td class="left"></td>',
    '<th scope="col" class="right">boolq</th>',
    '<th scope="col" class="right">piqa</th>',
    '<th scope="row" class="left">LoRA</th>',
    '<td class="left">ours</td>',
    '<td class="right">50.0</td>',
    '<td class="right">60.0</td>',
  ])
})

test('a keyboard can scroll a table, whose region has the name of the table', () => {
  expect(htmlOf({})).toContain(
    '<h3 id="x-title">x</h3>\n<div class="scroll" role="region" tabindex="0" aria-labelledby="x-title">',
  )
})
