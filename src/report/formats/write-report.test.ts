import {existsSync} from 'node:fs'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {exampleRow, reportSources} from '../../../test/support/rows.ts'
import {buildReport, figuresOf} from '../report.ts'
import {writeReport} from './write-report.ts'

test('a report is written with its figures, which are counted as they are drawn', async () => {
  const rows = ['s/a', 's/b'].map((recipe, i) => exampleRow({recipe, params: 100 + i}))
  const report = buildReport(reportSources(rows))
  const counts: number[] = []
  const onProgress = (done: number) => counts.push(done)
  const files = await writeReport(report, openFolder(), {onProgress})
  expect(files.filter(file => !existsSync(file))).toEqual([])
  expect(counts.length).toBeGreaterThan(0)
  expect(counts).toEqual(figuresOf(report).map((_, i) => i + 1))
})
