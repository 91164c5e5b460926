using System.Text.Json;
using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>Sample files of every element type beside the values they hold.</summary>
internal sealed class SafetensorsCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) => reference.Holds("expected.json") && Samples(reference).Any();

    public override void Run(CaseRun run)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(run.Case.Path("expected.json")));
        foreach (var path in Samples(run.Case))
        {
            var type = System.IO.Path.GetFileNameWithoutExtension(path)["sample_".Length..];
            using var file = SafetensorsFile.Open(path);
            Compare(run, $"{type}.w", file.Read("w", ScalarType.Float32), document.RootElement.GetProperty(type));
            run.CompareCount($"{type}.empty", file.Entries.TryGetValue("empty", out var none) && none.Shape is [0, 3] ? 0 : 1);
            run.CompareCount(
                $"{type}.scalar",
                file.Read("scalar", ScalarType.Float32) is { shape: [] } scalar && scalar.item<float>() == 1.5f ? 0 : 1
            );
        }
        if (!run.Case.Holds("mixed.safetensors"))
            return;
        using var mixed = SafetensorsFile.Open(run.Case.Path("mixed.safetensors"));
        foreach (var (name, type) in new[] { ("w16", "F16"), ("wb", "BF16"), ("w32", "F32") })
            Compare(run, $"mixed.{name}", mixed.Read(name, ScalarType.Float32), document.RootElement.GetProperty(type));
    }

    private static void Compare(CaseRun run, string output, Tensor got, JsonElement expected)
    {
        var rows = expected.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray();
        run.Compare(output, got, tensor(rows.SelectMany(row => row).ToArray(), rows.Length, rows[0].Length));
    }

    private static IEnumerable<string> Samples(ReferenceCase reference) =>
        Directory.EnumerateFiles(reference.Folder, "sample_*.safetensors");
}
