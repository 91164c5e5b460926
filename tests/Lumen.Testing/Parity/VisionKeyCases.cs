using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>
/// Names and shapes of published vision transformers under every naming: the network that one naming describes must have exactly the
/// other's tensors too.
/// </summary>
internal sealed class VisionKeyCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.UpstreamClass.Contains("VisionTransformer", StringComparison.Ordinal) && Lists(reference).Length > 0;

    public override void Run(CaseRun run)
    {
        var lists = Lists(run.Case).Select(path => (Name: System.IO.Path.GetFileNameWithoutExtension(path), Shapes: Read(path))).ToArray();
        foreach (var (name, shapes) in lists)
        {
            var found = BackboneWeights.Recognise(shapes, ModelFolder.Config(run.Case.Folder), name);
            using var network = new VisionTransformer(found.Config, new Placement(META, ScalarType.BFloat16));
            foreach (var other in lists)
                Compare(run, network, other.Shapes, other.Name, $"{name} as ");
            if (run.Case.Field("parameters") is { } count)
                run.CompareCount("parameters", network.parameters().Sum(parameter => parameter.numel()) == count.GetInt64() ? 0 : 1);
        }
    }

    private static void Compare(
        CaseRun run,
        VisionTransformer network,
        IReadOnlyDictionary<string, IReadOnlyList<long>> wanted,
        string output,
        string label
    )
    {
        using var scope = NewDisposeScope();
        var naming = BackboneWeights.Recognise(wanted, null, output).Naming;
        var own = naming.View(network.state_dict(), wanted.ContainsKey);
        var wrong = wanted
            .Keys.Union(own.Keys)
            .Where(name =>
                !own.TryGetValue(name, out var mine) || !wanted.TryGetValue(name, out var theirs) || !mine.shape.SequenceEqual(theirs)
            )
            .Order(StringComparer.Ordinal)
            .ToArray();
        run.CompareCount(label + output, wrong.Length, wrong.Length == 0 ? $"{wanted.Count} names" : $"first: {wrong[0]}");
    }

    private static string[] Lists(ReferenceCase reference) =>
        [.. Directory.EnumerateFiles(reference.Folder, "keys*.json").Order(StringComparer.Ordinal)];

    private static Dictionary<string, IReadOnlyList<long>> Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document
            .RootElement.EnumerateObject()
            .ToDictionary(
                entry => entry.Name,
                entry => (IReadOnlyList<long>)[.. entry.Value.EnumerateArray().Select(size => size.GetInt64())],
                StringComparer.Ordinal
            );
    }
}
