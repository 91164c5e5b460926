using System.Text.Json;
using Lumen.Conditions;
using Lumen.Imaging;

namespace Lumen.Testing.Parity.Measures;

/// <summary>Edges of pictures with OpenCV's thresholds: every pixel must be the same.</summary>
internal sealed class CannyCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.Field("files") is { ValueKind: JsonValueKind.Object } files
        && files
            .EnumerateObject()
            .All(file =>
                file.Value.ValueKind == JsonValueKind.Object
                && file.Value.TryGetProperty("low", out _)
                && file.Value.TryGetProperty("high", out _)
            );

    public override void Run(CaseRun run)
    {
        foreach (var file in run.Case.Field("files")!.Value.EnumerateObject())
        {
            var (input, want) = (
                PictureReader.Read(run.Case.Path(file.Value.GetProperty("input").GetString()!)),
                PictureReader.Read(run.Case.Path(file.Name))
            );
            var thresholds = (file.Value.GetProperty("low").GetDouble(), file.Value.GetProperty("high").GetDouble());
            var euclidean = file.Value.TryGetProperty("L2gradient", out var flag) && flag.GetBoolean();
            var got = CannyEdges.Find(input.Rgb, (input.Width, input.Height, 3), thresholds, euclidean); // grey is three equal channels
            run.CompareCount(
                Path.GetFileNameWithoutExtension(file.Name),
                Enumerable.Range(0, got.Length).Count(pixel => got[pixel] != want.Rgb[3 * pixel])
            );
        }
    }
}
