using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Metrics;

namespace Lumen.Training.Perception;

/// <summary>What <see cref="PerceptionFigures"/> found. Null where there was nothing to compare.</summary>
public sealed record PerceptionReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Pictures compared.</summary>
    public required int Pictures { get; init; }

    /// <summary>Mean over the classes of intersection over union, pixels pooled.</summary>
    public double? MeanIoU { get; init; }

    /// <summary>Share of pixels whose class is right.</summary>
    public double? PixelAccuracy { get; init; }

    /// <summary>Intersection over union by class; null for a class that is neither true nor seen anywhere.</summary>
    public IReadOnlyList<KeyValuePair<string, double?>> ClassIoU { get; init; } = [];

    /// <summary>Errors of depth nearer than 65.535 m.</summary>
    public DepthFigures? Depth { get; init; }

    /// <summary>Mean angle between normals, degrees.</summary>
    public double? NormalDegrees { get; init; }

    /// <summary>Median angle between normals, degrees.</summary>
    public double? NormalMedianDegrees { get; init; }

    /// <summary>Panoptic quality, mean over things and stuff.</summary>
    public double? Pq { get; init; }

    /// <summary>Panoptic quality, mean over the classes of things.</summary>
    public double? ThingPq { get; init; }

    /// <summary>Share of the things found at an IoU above 0.5.</summary>
    public double? InstanceRecall { get; init; }

    /// <summary>Things that counted.</summary>
    public int Instances { get; init; }

    /// <summary>Mean error of headings, degrees; guessing gives 90.</summary>
    public double? OrientationDegrees { get; init; }

    /// <summary>Median error of headings, degrees.</summary>
    public double? OrientationMedianDegrees { get; init; }

    /// <summary>Objects whose heading counted.</summary>
    public int Oriented { get; init; }

    /// <summary>Every figure that there is, by a name that says its unit; classes come last as <c>iou/NAME</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> All =>
        [
            .. new (string Name, double? Value)[]
            {
                ("miou", MeanIoU),
                ("pixel_accuracy", PixelAccuracy),
                ("depth_abs_rel", Depth?.AbsRel),
                ("depth_silog", Depth?.SiLog),
                ("depth_delta1", Depth?.Delta1),
                ("normal_degrees", NormalDegrees),
                ("normal_median_degrees", NormalMedianDegrees),
                ("pq", Pq),
                ("thing_pq", ThingPq),
                ("instance_recall", InstanceRecall),
                ("orientation_degrees", OrientationDegrees),
                ("orientation_median_degrees", OrientationMedianDegrees),
            }
                .Concat(ClassIoU.Select(one => (Name: $"iou/{one.Key}", one.Value)))
                .Where(one => one.Value is not null)
                .Select(one => KeyValuePair.Create(one.Name, one.Value!.Value)),
        ];

    /// <summary>As JSON: <see cref="All"/> and the counts.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["pictures"] = Pictures,
            ["instances"] = Instances,
            ["oriented"] = Oriented,
        };
        foreach (var (name, value) in All)
            json[name] = value;
        return json.ToJsonString(Indented);
    }

    /// <summary>A figure a line.</summary>
    public string ToText()
    {
        var text = new StringBuilder().AppendLine(
            CultureInfo.InvariantCulture,
            $"{Pictures} pictures, {Instances} things, {Oriented} headings"
        );
        foreach (var (name, value) in All)
            text.AppendLine(CultureInfo.InvariantCulture, $"{name, -26} {value, 9:0.0000}");
        return text.ToString();
    }
}
