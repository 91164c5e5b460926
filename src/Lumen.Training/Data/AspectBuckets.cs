using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lumen.Training.Data;

/// <summary>
/// The shapes that pictures are brought to instead of squares, each to the one whose proportion is nearest, so that little is cut off. In a
/// recipe <c>true</c>, or a list of shapes as <c>"768x512"</c>.
/// </summary>
/// <param name="Shapes">The shapes; empty for all those of <see cref="For"/>.</param>
[JsonConverter(typeof(Converter))]
public sealed record AspectBuckets(IReadOnlyList<PictureShape> Shapes)
{
    private const int Widest = 2; // times the resolution is the longest side, half of it the shortest

    /// <summary>The usual shapes.</summary>
    public static AspectBuckets Usual { get; } = new([]);

    /// <summary>
    /// The shapes for a run, widest last. The usual ones have sides of half to twice the resolution, multiples of
    /// <paramref name="multiple"/>, and as many pixels as the resolution's square or a little fewer.
    /// </summary>
    /// <param name="resolution">Side in pixels of the square that no shape is larger than, a multiple of the other one.</param>
    /// <param name="multiple">What the networks divide sides by.</param>
    /// <exception cref="LumenException">A shape of the list is no multiple, or larger than the square.</exception>
    public IReadOnlyList<PictureShape> For(int resolution, int multiple)
    {
        foreach (var shape in Shapes)
            if (
                shape.Width % multiple != 0
                || shape.Height % multiple != 0
                || (long)shape.Width * shape.Height > (long)resolution * resolution
            )
                throw new LumenException(
                    $"The aspect bucket {shape} cannot be used: both sides must be multiples of {multiple} (the strides of autoencoder and "
                        + $"denoiser), and width times height at most that of the resolution, {resolution}x{resolution}. Correct "
                        + "\"aspect_buckets\" in the recipe's data, or set it to true for the usual shapes."
                );
        if (Shapes.Count > 0)
            return [.. Shapes.Distinct().OrderBy(Proportion)];
        var tall = new List<PictureShape>();
        for (var width = resolution / multiple * multiple; width * Widest >= resolution && width > 0; width -= multiple)
        {
            var height = Math.Min(Widest * resolution, (int)((long)resolution * resolution / width)) / multiple * multiple;
            tall.Add(new PictureShape(width, height));
        }
        return [.. tall.Concat(tall.Select(shape => new PictureShape(shape.Height, shape.Width))).Distinct().OrderBy(Proportion)];
    }

    /// <summary>The shape whose proportion is nearest to that of a picture.</summary>
    public static PictureShape Nearest(IReadOnlyList<PictureShape> shapes, int width, int height) =>
        shapes.MinBy(shape => Math.Abs(Math.Log(Proportion(shape) * height / width)));

    private static double Proportion(PictureShape shape) => shape.Width / (double)shape.Height;

    private sealed class Converter : JsonConverter<AspectBuckets>
    {
        public override AspectBuckets? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
                return reader.GetBoolean() ? Usual : null;
            if (reader.TokenType != JsonTokenType.StartArray)
                throw Fault(Found(ref reader));
            var shapes = new List<PictureShape>();
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
                shapes.Add(Parse(reader.GetString()!));
            if (reader.TokenType != JsonTokenType.EndArray)
                throw Fault($"a list with {Found(ref reader)}");
            return shapes.Count > 0 ? new AspectBuckets(shapes) : throw Fault("an empty list");
        }

        public override void Write(Utf8JsonWriter writer, AspectBuckets value, JsonSerializerOptions options)
        {
            if (value.Shapes.Count == 0)
            {
                writer.WriteBooleanValue(true);
                return;
            }
            writer.WriteStartArray();
            foreach (var shape in value.Shapes)
                writer.WriteStringValue(shape.ToString());
            writer.WriteEndArray();
        }

        private static PictureShape Parse(string text) =>
            text.Split('x') is [var width, var height] && Side(width) is { } columns && Side(height) is { } rows
                ? new PictureShape(columns, rows)
                : throw Fault($"a list with \"{text}\"");

        private static string Found(ref Utf8JsonReader reader) =>
            reader.TokenType switch
            {
                JsonTokenType.String => $"\"{reader.GetString()}\"",
                JsonTokenType.Number => reader.GetDouble().ToString(CultureInfo.InvariantCulture),
                JsonTokenType.StartArray => "a list",
                JsonTokenType.StartObject => "an object",
                _ => reader.TokenType.ToString().ToLowerInvariant(),
            };

        private static int? Side(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is > 0 and <= 8192 ? side : null;

        private static LumenException Fault(string found) =>
            new(
                LumenErrorKind.Format,
                $"aspect_buckets must be true, false or a list of shapes such as [\"640x384\"], sides 1 to 8192, but is {found}."
            );
    }
}
