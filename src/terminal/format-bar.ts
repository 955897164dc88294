import cliProgress from 'cli-progress'

/** A bar of so much of the whole, from 0 to 1: `████████░░░░░░░░░░░░░░░░`. */
export const formatBar = (fraction: number): string =>
  cliProgress.Format.BarFormat(Math.min(1, Math.max(0, fraction)), OPTIONS)

const SIZE = 24

const OPTIONS = {
  barsize: SIZE,
  barCompleteString: '█'.repeat(SIZE),
  barIncompleteString: '░'.repeat(SIZE),
  barGlue: '',
}
