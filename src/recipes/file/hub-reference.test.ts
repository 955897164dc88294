import {expect, test} from 'vitest'
import {fixedFolder, formatAddress, type HubSource, parseAddress} from './hub-reference.ts'

test('an address says all of a source', () => {
  const sources: readonly HubSource[] = [
    {kind: 'model', name: 'google/gemma-2b', revision: 'main'},
    {kind: 'model', name: 'google/gemma-2b', revision: 'refs/pr/1'},
    {kind: 'dataset', name: 'openai/gsm8k', revision: 'main', file: 'main/train-*.parquet'},
    {kind: 'dataset', name: 'o/d', revision: 'a'.repeat(40), file: 'images @ home/**/*.jpg'},
  ]
  expect(sources.map(formatAddress)).toEqual([
    'hf://google/gemma-2b@main',
    'hf://google/gemma-2b@refs%2Fpr%2F1',
    'hf://datasets/openai/gsm8k@main/main/train-*.parquet',
    `hf://datasets/o/d@${'a'.repeat(40)}/images @ home/**/*.jpg`,
  ])
  expect(sources.map(formatAddress).map(parseAddress)).toEqual(sources)
})

test('a path is no address, nor is what leads elsewhere', () => {
  const others = ['google/gemma-2b', '/models/x', 'hf://google@main', 'hf://google/gemma-2b', 'hf://a/b@main/file']
  const bad = ['hf://datasets/a/b@main', 'hf://datasets/a/b@main/../x', 'hf://a/..@main', 'hf://a/b@..', '']
  for (const path of [...others, ...bad]) expect(parseAddress(path), path).toBeUndefined()
})

test('the folder of a pattern ends before its first wild card', () => {
  expect(['a/b/*.txt', 'a/b*/c.txt', '*.txt', 'a/b.txt', 'a/**'].map(fixedFolder)).toEqual(['a/b/', 'a/', '', '', 'a/'])
})
