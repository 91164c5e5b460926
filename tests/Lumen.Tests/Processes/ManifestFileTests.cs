using Lumen.Testing;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Lumen.Tests.Processes;

/// <summary>
/// The manifests for Kubernetes have no other fields than those that are documented for Job (batch/v1), MPIJob (kubeflow.org/v2beta1) and
/// their pods, each with its kind of value. The published schemas are not at hand where tests run.
/// </summary>
public sealed class ManifestFileTests
{
    private const string Pod = "terminationGracePeriodSeconds:n restartPolicy:s containers:l volumes:l";
    private const string Container = "name:s image:s command:l args:l env:l resources:m volumeMounts:l";

    // Documented fields by path: s text, n whole number, m mapping, l list ([] are its items).
    private static readonly Dictionary<string, string> Common = new()
    {
        [""] = "apiVersion:s kind:s metadata:m spec:m",
        ["metadata"] = "name:s labels:m",
        ["POD"] = Pod,
        ["POD.containers[]"] = Container,
        ["POD.containers[].env[]"] = "name:s value:s",
        ["POD.containers[].resources"] = "requests:m limits:m",
        ["POD.containers[].resources.requests"] = "cpu:s memory:s nvidia.com/gpu:s",
        ["POD.containers[].resources.limits"] = "cpu:s memory:s nvidia.com/gpu:s",
        ["POD.containers[].volumeMounts[]"] = "name:s mountPath:s readOnly:s",
        ["POD.volumes[]"] = "name:s persistentVolumeClaim:m",
        ["POD.volumes[].persistentVolumeClaim"] = "claimName:s",
    };

    [Fact]
    public void The_indexed_job_has_documented_fields_only()
    {
        var root = Read("augment-job.yaml");
        Assert.Equal(("batch/v1", "Job"), (Text(root, "apiVersion"), Text(root, "kind")));
        Check(
            root,
            "",
            new(Common)
            {
                ["spec"] = "completionMode:s completions:n parallelism:n backoffLimit:n backoffLimitPerIndex:n template:m",
                ["spec.template"] = "spec:m",
            },
            "spec.template.spec"
        );
        var spec = (YamlMappingNode)root["spec"];
        Assert.Equal("Indexed", Text(spec, "completionMode"));
        // As many shares as pods.
        var arguments = spec["template"]["spec"]["containers"][0]["args"][0].ToString();
        Assert.Contains($"--shard \"$((JOB_COMPLETION_INDEX + 1))/{Text(spec, "completions")}\"", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mpi_job_has_documented_fields_only()
    {
        var root = Read("train-mpijob.yaml");
        Assert.Equal(("kubeflow.org/v2beta1", "MPIJob"), (Text(root, "apiVersion"), Text(root, "kind")));
        var known = new Dictionary<string, string>(Common)
        {
            ["spec"] = "slotsPerWorker:n runPolicy:m mpiImplementation:s mpiReplicaSpecs:m sshAuthMountPath:s launcherCreationPolicy:s",
            ["spec.runPolicy"] = "cleanPodPolicy:s ttlSecondsAfterFinished:n activeDeadlineSeconds:n backoffLimit:n suspend:s",
            ["spec.mpiReplicaSpecs"] = "Launcher:m Worker:m",
        };
        foreach (var role in new[] { "Launcher", "Worker" })
        {
            known[$"spec.mpiReplicaSpecs.{role}"] = "replicas:n template:m restartPolicy:s";
            known[$"spec.mpiReplicaSpecs.{role}.template"] = "spec:m";
        }
        Check(root, "", known, "spec.mpiReplicaSpecs.Launcher.template.spec", "spec.mpiReplicaSpecs.Worker.template.spec");
        var spec = (YamlMappingNode)root["spec"];
        Assert.Equal("OpenMPI", Text(spec, "mpiImplementation"));
        // As many processes as the workers have room for.
        var workers = (YamlMappingNode)spec["mpiReplicaSpecs"]["Worker"];
        var room =
            int.Parse(Text(spec, "slotsPerWorker"), System.Globalization.CultureInfo.InvariantCulture)
            * int.Parse(Text(workers, "replicas"), System.Globalization.CultureInfo.InvariantCulture);
        var arguments = spec["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]["args"][0].ToString();
        Assert.Contains($"-np {room} ", arguments, StringComparison.Ordinal);
    }

    private static void Check(YamlMappingNode node, string path, Dictionary<string, string> known, params string[] pods)
    {
        var pod = pods.FirstOrDefault(one => path == one || path.StartsWith(one + ".", StringComparison.Ordinal));
        var place = pod is null ? path : "POD" + path[pod.Length..];
        Assert.True(known.TryGetValue(place, out var fields), $"Nothing is documented at {path}.");
        var kinds = fields!.Split(' ').Select(field => field.Split(':')).ToDictionary(field => field[0], field => field[1]);
        foreach (var (key, value) in node.Children)
        {
            var inner = path.Length == 0 ? key.ToString() : $"{path}.{key}";
            Assert.True(kinds.TryGetValue(key.ToString(), out var kind), $"{inner} is not documented.");
            switch (value)
            {
                case YamlMappingNode mapping when kind == "m":
                    Check(mapping, inner, known, pods);
                    break;
                case YamlSequenceNode list when kind == "l":
                    foreach (var item in list.OfType<YamlMappingNode>())
                        Check(item, $"{inner}[]", known, pods);
                    break;
                case YamlScalarNode scalar when kind is "s" or "n":
                    Assert.True(kind == "s" || int.TryParse(scalar.Value, out _), $"{inner} must be a whole number but is {scalar.Value}.");
                    break;
                default:
                    Assert.Fail($"{inner} has another kind of value than is documented.");
                    break;
            }
        }
    }

    private static string Text(YamlMappingNode node, string key) => node[key].ToString();

    private static YamlMappingNode Read(string name)
    {
        var stream = new YamlStream();
        using var file = File.OpenText(Path.Combine(Golden.Repository, "samples", "cluster", name));
        stream.Load(file);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }
}
