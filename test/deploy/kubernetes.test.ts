import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LIVE_PATH, READY_PATH } from '../../src/hub/http/health.ts';
import { REPOSITORY } from '../harness/service.ts';
import { at, type Fields, fields, list, read, readYaml, type Value } from './helpers/files.ts';

const BASE = 'deploy/kubernetes/base';
const OVERLAY = 'deploy/kubernetes/overlays/production';

/** Where pitot answers without a token, and the Collector. */
const HEALTH: Readonly<Record<string, readonly string[]>> = {
  'workflow-service': [LIVE_PATH, READY_PATH],
  'otel-collector': ['/health'],
};

const [base = {}] = readYaml(`${BASE}/kustomization.yaml`);
const [overlay = {}] = readYaml(`${OVERLAY}/kustomization.yaml`);
const objects = list(base.resources).flatMap((file) => readYaml(`${BASE}/${file}`));
const [compose = {}] = readYaml('deploy/compose.yaml');

function ofKind(kind: string): Fields[] {
  return objects.filter((object) => object.kind === kind);
}

function nameOf(object: Value): string {
  return String(at(object, 'metadata', 'name'));
}

/** The one container of each Deployment. */
const containers = ofKind('Deployment').map((deployment): [string, Fields, Fields] => {
  const pod = fields(at(deployment, 'spec', 'template', 'spec'));
  const [container, ...others] = list(pod.containers);
  assert.deepEqual(others, []);
  return [nameOf(deployment), fields(container), pod];
});

function portsOf(name: string): Map<Value, Value> {
  const [, container] = containers.find(([each]) => each === name) ?? [];
  return new Map(list(container?.ports).map((port) => [at(port, 'name'), at(port, 'containerPort')]));
}

function environmentOf(container: Fields): Map<string, Value> {
  return new Map(list(container.env).map((each) => [String(at(each, 'name')), at(each, 'value')]));
}

describe('the kustomizations', () => {
  test('name every file beside them, and files that exist', () => {
    for (const [folder, kustomization] of [
      [BASE, base],
      [OVERLAY, overlay],
    ] as const) {
      const patches = list(kustomization.patches).map((patch) => at(patch, 'path'));
      const named = [...list(kustomization.resources), ...patches].map(String);
      for (const path of named) assert.ok(existsSync(join(REPOSITORY, folder, path)), path);
      const beside = readdirSync(join(REPOSITORY, folder)).filter((file) => file !== 'kustomization.yaml');
      assert.deepEqual(named.filter((path) => !path.startsWith('..')).sort(), beside.sort());
    }
  });

  test('make ConfigMaps of the configuration and of every dashboard', () => {
    const files = list(base.configMapGenerator).flatMap((each) => list(at(each, 'files')).map(String));
    const paths = files.map((file) => join(BASE, file.replace(/^[^=]*=/, '')));
    const dashboards = readdirSync(join(REPOSITORY, 'grafana/dashboards'));
    assert.deepEqual(
      paths.sort(),
      ['otel-collector/config.yaml', ...dashboards.map((file) => `grafana/dashboards/${file}`)].sort(),
    );
  });

  test('the overlay changes what the base has', () => {
    const deployments = ofKind('Deployment').map(nameOf);
    const images = containers.map(([, { image }]) => image);
    for (const { name } of list(overlay.replicas).map(fields)) assert.ok(deployments.includes(String(name)));
    for (const { name } of list(overlay.images).map(fields)) assert.ok(images.includes(name));
    const [patch = {}] = readYaml(`${OVERLAY}/resources.yaml`);
    assert.ok(deployments.includes(nameOf(patch)));
  });
});

// Schemas take such objects; the API server, or kubelet, does not.
describe('beyond the schema', () => {
  test('a variable is made of those above it only', () => {
    for (const [name, { env }] of containers) {
      const above = new Set<string>();
      for (const each of list(env)) {
        for (const [, used = ''] of String(at(each, 'value') ?? '').matchAll(/\$\((\w+)\)/g))
          assert.ok(above.has(used), `${name}: ${used}`);
        above.add(String(at(each, 'name')));
      }
    }
  });

  test('values of variables are text, and names of ports are short', () => {
    for (const [name, { env, ports }] of containers) {
      for (const each of list(env)) {
        if (at(each, 'valueFrom') === undefined) assert.equal(typeof at(each, 'value'), 'string', name);
      }
      for (const port of list(ports)) assert.match(String(at(port, 'name')), /^[a-z][a-z-]{0,14}$/, name);
    }
  });

  test('no ConfigMap is larger than etcd takes', () => {
    for (const each of list(base.configMapGenerator)) {
      const files = list(at(each, 'files')).map((file) => String(file).replace(/^[^=]*=/, ''));
      const size = files.reduce((sum, file) => sum + Buffer.byteLength(read(join(BASE, file))), 0);
      assert.ok(size < 1_000_000, `${at(each, 'name')}: ${size} bytes`);
    }
  });
});

describe('the Deployments', () => {
  test('their selectors, those of the Services and of the PodMonitors choose their pods', () => {
    const labels = ofKind('Deployment').map((each) => at(each, 'spec', 'template', 'metadata', 'labels'));
    const selectors = [
      ...[...ofKind('Deployment'), ...ofKind('PodMonitor')].map((each) =>
        at(each, 'spec', 'selector', 'matchLabels'),
      ),
      ...ofKind('Service').map((each) => at(each, 'spec', 'selector')),
    ];
    for (const selector of selectors) {
      assert.ok(
        labels.some((each) => JSON.stringify(each) === JSON.stringify(selector)),
        JSON.stringify(selector),
      );
    }
  });

  test('the ports that Services, PodMonitors and probes name are those of the containers', () => {
    for (const object of [...ofKind('Service'), ...ofKind('PodMonitor')]) {
      const selector = at(object, 'spec', 'selector');
      const label = at(selector, 'matchLabels', 'app.kubernetes.io/name');
      const ports = portsOf(String(label ?? at(selector, 'app.kubernetes.io/name')));
      const targets = list(at(object, 'spec', 'ports')).map((port) => at(port, 'targetPort'));
      const endpoints = list(at(object, 'spec', 'podMetricsEndpoints')).map((each) => at(each, 'port'));
      for (const name of [...targets, ...endpoints]) assert.ok(ports.has(name), `${nameOf(object)}: ${name}`);
    }
  });

  test('probes ask for paths that are answered, where they are answered', () => {
    for (const [name, container] of containers) {
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        const { path, port } = fields(at(container[probe], 'httpGet'));
        assert.ok(HEALTH[name]?.includes(String(path)), `${name}: ${path}`);
        assert.ok(portsOf(name).has(port), `${name}: ${port}`);
      }
    }
    const [collector = {}] = readYaml('otel-collector/config.yaml');
    assert.deepEqual(HEALTH['otel-collector'], [at(collector, 'extensions', 'health_check', 'path')]);
  });

  test('pods may do nothing but their work', () => {
    for (const [name, { securityContext, resources }, pod] of containers) {
      assert.deepEqual(
        securityContext,
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        name,
      );
      const { runAsNonRoot, runAsUser, seccompProfile } = fields(pod.securityContext);
      assert.equal(runAsNonRoot, true, name);
      assert.ok(Number(runAsUser) > 0, name);
      assert.deepEqual(seccompProfile, { type: 'RuntimeDefault' }, name);
      for (const amount of [
        at(resources, 'requests', 'cpu'),
        at(resources, 'requests', 'memory'),
        at(resources, 'limits', 'memory'),
      ]) {
        assert.match(String(amount), /^\d+(m|Mi|Gi)?$/, name);
      }
    }
  });

  test('the service is opened to others with a token only, and its user is that of the image', () => {
    const [, container = {}, pod = {}] = containers.find(([name]) => name === 'workflow-service') ?? [];
    const environment = environmentOf(container);
    assert.equal(environment.get('OTEL_EXPORTER_PROMETHEUS_HOST'), '0.0.0.0');
    assert.equal(environment.get('PITOT_OPEN_HEALTH'), 'true');
    assert.equal(
      environment.get('OTEL_EXPORTER_PROMETHEUS_PORT'),
      String(portsOf('workflow-service').get('metrics')),
    );
    const [monitor] = ofKind('PodMonitor').filter((each) => nameOf(each) === 'workflow-service');
    const [endpoint] = list(at(monitor, 'spec', 'podMetricsEndpoints'));
    const { name, key } = fields(at(endpoint, 'authorization', 'credentials'));
    const [mount] = list(container.volumeMounts).filter((each) => at(each, 'name') === 'metrics-token');
    const [volume] = list(pod.volumes).filter((each) => at(each, 'name') === 'metrics-token');
    assert.equal(at(volume, 'secret', 'secretName'), name);
    assert.equal(environment.get('PITOT_BEARER_TOKEN_FILE'), `${at(mount, 'mountPath')}/${key}`);
    assert.ok(read('deploy/Dockerfile').includes(`USER ${at(pod, 'securityContext', 'runAsUser')}:`));
  });

  test('the Collector is the one of compose.yaml, and listens at the ports that it has', () => {
    const [, container = {}] = containers.find(([name]) => name === 'otel-collector') ?? [];
    const theirs = fields(at(compose, 'services', 'otel-collector'));
    assert.equal(container.image, theirs.image);
    assert.deepEqual(container.args, theirs.command);
    const environment = environmentOf(container);
    const ports = new Set([...portsOf('otel-collector').values()].map(String));
    for (const [name, value] of Object.entries(fields(theirs.environment))) {
      if (name === 'GOMEMLIMIT') continue;
      assert.equal(environment.get(name), value, name);
      const [port = ''] = /\d+$/.exec(String(value)) ?? [];
      if (!name.endsWith('_HOST')) assert.ok(ports.has(port), `${name}: ${port}`);
    }
  });
});
