using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Testing.Parity;

/// <summary>Names and shapes of a published configuration's weights, without weights.</summary>
internal sealed class KeyCases : CaseKind
{
    private static readonly IReadOnlyDictionary<string, Func<string, Placement, Module>> Models = new Dictionary<
        string,
        Func<string, Placement, Module>
    >(StringComparer.Ordinal)
    {
        [nameof(UNet2DConditionModel)] = (config, placement) => new UNet2DConditionModel(UNetConfig.Parse(config), placement),
        [nameof(ControlNetModel)] = (config, placement) => new ControlNetModel(ControlNetConfig.Parse(config), placement),
        [nameof(AutoencoderKL)] = (config, placement) => new AutoencoderKL(AutoencoderConfig.Parse(config), placement),
        ["CLIPTextModel"] = (config, placement) => new ClipTextModel(ClipTextConfig.Parse(config), placement),
    };

    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.Holds("keys.json") && Models.ContainsKey(ModelFolder.ClassOf(reference.Folder) ?? "");

    public override void Run(CaseRun run)
    {
        var make = Models[ModelFolder.ClassOf(run.Case.Folder)!];
        using var model = make(ModelFolder.Config(run.Case.Folder), new Placement(META, ScalarType.BFloat16));
        var own = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.shape, StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(run.Case.Folder, "keys*.json").Order(StringComparer.Ordinal))
            Compare(run, path, own);
        if (run.Case.Field("parameters") is { } count)
            run.CompareCount(
                "parameters",
                own.Values.Sum(shape => shape.Aggregate(1L, (product, size) => product * size)) == count.GetInt64() ? 0 : 1
            );
    }

    private static void Compare(CaseRun run, string path, Dictionary<string, long[]> own)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var wanted = document
            .RootElement.EnumerateObject()
            .Where(entry => !entry.Name.EndsWith(".position_ids", StringComparison.Ordinal))
            .ToDictionary(
                entry => AutoencoderNames.ToCurrent(entry.Name),
                entry => entry.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray(),
                StringComparer.Ordinal
            );
        var wrong = wanted
            .Keys.Union(own.Keys)
            .Where(name => !own.TryGetValue(name, out var mine) || !wanted.TryGetValue(name, out var theirs) || !mine.SequenceEqual(theirs))
            .Order(StringComparer.Ordinal)
            .ToArray();
        run.CompareCount(
            System.IO.Path.GetFileNameWithoutExtension(path),
            wrong.Length,
            wrong.Length == 0 ? $"{wanted.Count} names" : $"first: {wrong[0]}"
        );
    }
}
