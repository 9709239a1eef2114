import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { pitot } from '../cli/helpers/pitot.ts';
import { at, type Fields, fields, list } from '../deploy/helpers/files.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { REPOSITORY } from '../harness/service.ts';

describe('kustomize builds the overlay for production', {
  skip: skipWithout('kustomize', 'manifests'),
}, () => {
  let built: string;
  let objects: Fields[];

  before(() => {
    built = buildOverlay(REPOSITORY);
    objects = parseAllDocuments(built).map((document) => fields(document.toJS()));
  });

  const named = (kind: string, name: string) =>
    objects.find((each) => each.kind === kind && at(each, 'metadata', 'name') === name) ?? {};

  test('into objects of the types of Kubernetes and of the Prometheus operator', () => {
    const decoded = decode(built);
    assert.deepEqual({ ...decoded, stdout: '' }, { status: 0, stdout: '', stderr: '' });
    assert.equal(decoded.stdout.trim().split('\n').length, objects.length);
  });

  test('and a field or a value that no such type has would be found', () => {
    for (const [right, wrong, fault] of [
      ['runAsNonRoot:', 'runAsNotRoot:', /unknown field .*runAsNotRoot/],
      ['podMetricsEndpoints:', 'podMetricEndpoints:', /unknown field .*podMetricEndpoints/],
      ['memory: 1Gi', 'memory: 1Gx', /quantities must match/],
    ] as const) {
      const { status, stderr } = decode(built.replace(right, wrong));
      assert.equal(status, 1, wrong);
      assert.match(stderr, fault);
    }
  });

  test('with every object in its namespace, and none twice', () => {
    const names = objects.map((each) => `${each.kind}/${at(each, 'metadata', 'name')}`);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length > 0);
    for (const each of objects) {
      const namespace = at(each, 'metadata', each.kind === 'Namespace' ? 'name' : 'namespace');
      assert.equal(namespace, 'workflow-service', String(at(each, 'metadata', 'name')));
    }
  });

  test('with its image, number of pods and resources, and the rest of the base', () => {
    const { replicas, template } = fields(named('Deployment', 'workflow-service').spec);
    const [container] = list(at(template, 'spec', 'containers')).map(fields);
    assert.equal(replicas, 3);
    assert.equal(container?.image, 'registry.example.org/workflow-service:1.0.0');
    assert.deepEqual(container?.resources, {
      requests: { cpu: '1', memory: '768Mi' },
      limits: { memory: '1Gi' },
    });
    assert.notDeepEqual(list(container?.env), []);
  });

  test("with a Collector whose volume is the ConfigMap of its configuration's content", () => {
    const pod = at(named('Deployment', 'otel-collector').spec, 'template', 'spec');
    const maps = list(at(pod, 'volumes')).map((volume) => at(volume, 'configMap', 'name'));
    const name = String(maps.find((each) => each !== undefined));
    assert.match(name, /^otel-collector-\w+$/);
    const text = String(at(named('ConfigMap', name), 'data', 'config.yaml'));
    assert.match(text, /^service:$/m);
  });
});

test('kustomize builds the overlay that pitot init writes for a service with capitals in its name', {
  skip: skipWithout('kustomize', 'manifests'),
}, async (t) => {
  const project = mkdtempSync(join(tmpdir(), 'pitot-kustomize-'));
  t.after(() => rmSync(project, { recursive: true }));
  const { code } = await pitot(['init', project, '--service', 'Shop.Orders_EU', '--json']);
  assert.equal(code, 0);
  const { status, stdout, stderr } = decode(buildOverlay(project));
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^Deployment\/shop-orders-eu$/m);
});

/** The objects that kubectl would apply, by the command in the comment of the base. */
function buildOverlay(cwd: string): string {
  const folder = 'deploy/kubernetes/overlays/production';
  const args = ['build', '--load-restrictor', 'LoadRestrictionsNone', folder];
  return execFileSync(program('kustomize'), args, { cwd, encoding: 'utf8' });
}

/** Lists the objects of the documents, which `test/stack/manifests` reads as the API server would. */
function decode(documents: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program('manifests'), { input: documents, encoding: 'utf8' });
  return { status, stdout, stderr };
}
