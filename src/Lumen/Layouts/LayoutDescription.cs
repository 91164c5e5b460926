using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;
using Lumen.Models.Vision;

namespace Lumen.Layouts;

/// <summary>What <c>lumen/layout.json</c> says about the tensors beside it.</summary>
/// <param name="Source">What the features come from.</param>
/// <param name="Options">How the basis was fitted.</param>
/// <param name="Scale">Global divisor of projections.</param>
/// <param name="Cells">Rows of the fit.</param>
/// <param name="TotalVariance">Sum of the variances of all channels.</param>
/// <param name="PositionCorrelations">Of the first components with column and row.</param>
internal sealed record LayoutDescription(
    FeatureSource Source,
    BasisOptions Options,
    double Scale,
    long Cells,
    double TotalVariance,
    IReadOnlyList<PositionCorrelation> PositionCorrelations
)
{
    public const string CurrentFormat = "lumen-layout-basis-1";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter<FeatureNormalisation>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Version of the file's layout.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Hash of the basis, to tell a pair of files that belong together; null while it is being computed.</summary>
    public string? Hash { get; init; }

    /// <summary>What the fit saw. It changes no projection, so it is not part of the hash, and older files have none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FitReport? Report { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <exception cref="LumenException">Not JSON, an entry missing or unknown, another format or a value out of range;
    /// <paramref name="path"/> is named.</exception>
    public static LayoutDescription FromJson(string json, string path)
    {
        var read = Of(json, path);
        if (!(read.Scale > 0 && double.IsFinite(read.Scale)) || read.Cells < 2)
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} does not describe a usable layout basis: the scale is {read.Scale} and the number of cells {read.Cells}."
            );
        if (read.Report is { IsUsable: false })
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} does not describe a usable layout basis: the residuals of its report are out of range."
            );
        if (
            !double.IsFinite(read.TotalVariance)
            || read.PositionCorrelations.Any(pair => !double.IsFinite(pair.X) || !double.IsFinite(pair.Y))
        )
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} does not describe a usable layout basis: it holds numbers that are not finite. Take both files of the "
                    + "basis again, or fit it again."
            );
        read.Options.Validate();
        return read;
    }

    private static LayoutDescription Of(string json, string path)
    {
        string? format;
        try
        {
            var entry = JsonFile.Parse(json, path);
            format = entry["format"]?.TryText();
            if (format is null or CurrentFormat)
                return entry.As<LayoutDescription>(Json);
        }
        catch (LumenException fault)
        {
            throw new LumenException(
                $"{path} does not describe a layout basis: {fault.Message} Take both files of the basis again, or fit it again.",
                fault
            );
        }
        throw new LumenException(
            LumenErrorKind.Format,
            $"{path} has the format \"{format}\" but this version reads \"{CurrentFormat}\". Fit the basis again or use the version "
                + "that wrote it."
        );
    }
}
