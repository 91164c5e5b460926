using System.Globalization;
using System.Text.Json;
using Lumen.Core.Checkpoints;
using Lumen.Files;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>A layout as safetensors: one tensor <c>layout</c> and strings under <c>lumen.*</c>.</summary>
internal static class NeuralLayoutFile
{
    private const string TensorName = "layout";
    private const string BasisKey = "lumen.basis_hash";
    private const string SourceKey = "lumen.feature_source";
    private const string WidthKey = "lumen.image_width";
    private const string HeightKey = "lumen.image_height";
    private const string EditsKey = "lumen.edits";

    public static void Save(NeuralLayout layout, string path)
    {
        var metadata = new Dictionary<string, string>
        {
            [BasisKey] = layout.BasisHash,
            [SourceKey] = layout.Source.ToJson(),
            [WidthKey] = layout.ImageWidth.ToString(CultureInfo.InvariantCulture),
            [HeightKey] = layout.ImageHeight.ToString(CultureInfo.InvariantCulture),
        };
        if (layout.Edits.Count > 0)
            metadata[EditsKey] = JsonSerializer.Serialize(layout.Edits);
        SafetensorsWriter.Write(path, [new(TensorName, layout.Map)], metadata);
    }

    // What is no safetensors file at all is told what it should have been.
    private static SafetensorsFile Opened(string path)
    {
        try
        {
            return SafetensorsFile.Open(path);
        }
        catch (LumenException fault) when (fault.Kind == LumenErrorKind.Format)
        {
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} is not a neural layout: a .safetensors file is expected that was saved of one. {fault.Message}",
                fault
            );
        }
    }

    public static NeuralLayout Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = Opened(path);
        if (!file.Entries.TryGetValue(TensorName, out var entry) || entry.DType != ScalarType.Float32 || entry.Shape is not [> 0, > 0, > 0])
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} is not a neural layout: it must hold a Float32 tensor \"{TensorName}\" [N, h, w]. Make one with lumen "
                    + "layout extract."
            );
        var map = file.Read(TensorName);
        if (!map.isfinite().all().item<bool>())
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} is damaged: the layout holds values that are not finite. Extract it again."
            );
        return new NeuralLayout(map, Text(BasisKey), FeatureSource.FromJson(Text(SourceKey)), Side(WidthKey), Side(HeightKey))
        {
            Edits = Edits(),
        };

        string Text(string key) =>
            file.Metadata.TryGetValue(key, out var value)
                ? value
                : throw new LumenException(
                    LumenErrorKind.Format,
                    $"{path} is not a neural layout: its metadata has no \"{key}\". Make one with lumen layout extract."
                );

        IReadOnlyList<string> Edits()
        {
            if (!file.Metadata.TryGetValue(EditsKey, out var json))
                return [];
            return [.. JsonFile.Parse(json, $"{path}, \"{EditsKey}\"").Items().Select(edit => edit.Text())];
        }

        int Side(string key) =>
            int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side > 0
                ? side
                : throw new LumenException(
                    LumenErrorKind.Format,
                    $"{path} is not a usable neural layout: \"{key}\" is \"{Text(key)}\" but must be a number of pixels."
                );
    }
}
