import {stringify} from 'yaml'
import {pluralize} from '../../base/pluralize.ts'
import {shellWord} from '../../base/text/shell-words.ts'
import {EXPORTED} from '../../plan/catalogue/recipe-files.ts'
import {hubSources} from '../../recipes/file/hub-sources.ts'
import {type ExportFormat, selectByVariable} from './format.ts'

/**
 * A SkyPilot task, and a script that launches it as a managed job for each cell. Runs are stored in the bucket
 * `<name>-<owner>`, as names of buckets are shared by all users of a cloud. The hub's token is passed on as its file.
 */
export const skypilot: ExportFormat = {
  runs: 'elsewhere',
  files(cells, {name, owner, up, image}) {
    const mounts = {'~/svft-runs': {name: `${name}-${owner}`, mode: 'MOUNT_CACHED'}}
    const task = {
      name,
      workdir: up,
      resources: {
        image_id: image && `docker:${image}`,
        cpus: '2+',
        job_recovery: {max_restarts_on_errors: 3, recover_on_exit_codes: [75]}, // 75: run me again
      },
      envs: {SVFT_CELL: '0'},
      file_mounts: cells.some(({cell}) => hubSources(cell.recipe).length > 0) ? {...mounts, [TOKEN]: TOKEN} : mounts,
      run: RUNS + selectByVariable('SVFT_CELL', cells),
    }
    const launch = cells.map(
      ({name: cell}, i) =>
        `sky jobs launch --yes --detach-run --name ${shellWord(`${name}-${cell}`)} --env SVFT_CELL=${i} ${EXPORTED.skypilot}\n`,
    )
    return {
      [EXPORTED.skypilot]: stringify(task, {lineWidth: 0}),
      'svft.sky.sh': `#!/bin/sh\n# ${pluralize(cells.length, 'cell')}, written by svft export skypilot.\nset -e\ncd -- "$(dirname -- "$0")"\n${launch.join('')}`,
    }
  },
  next: 'sh svft.sky.sh',
}

const TOKEN = '~/.cache/huggingface/token'

/** Links runs to the bucket, and moves runs that were uploaded with the recipes away. */
const RUNS = `[ -L runs ] || { [ ! -e runs ] || mv runs runs.uploaded; ln -s ~/svft-runs runs; }\n`
