using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lumen.Scenes;

/// <summary>
/// One line of <c>metadata.jsonl</c>. Seeds are strings: they do not fit the signed 64-bit or floating-point numbers that readers of JSON
/// use.
/// </summary>
internal sealed class SceneRecord(int index, SceneSeeds seeds, SceneDatasetOptions options)
{
    private static readonly string[] Annotations = ["labels", "instances", "depth", "normals"];

    public static string Name(SceneSplit split) =>
        split switch
        {
            SceneSplit.Train => "train",
            SceneSplit.Validation => "validation",
            _ => "test",
        };

    /// <summary>The content of <c>classes.json</c>.</summary>
    public static byte[] Classes()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartArray();
            foreach (var id in Enum.GetValues<SceneClass>())
            {
                (byte red, byte green, byte blue) = SceneClasses.Colour(id);
                json.WriteStartObject();
                json.WriteNumber("id", (int)id);
                json.WriteString("name", SceneClasses.Name(id));
                Numbers(json, "color", red, green, blue);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        memory.WriteByte((byte)'\n');
        return memory.ToArray();
    }

    /// <summary>Path of a file of this scene within its split.</summary>
    public string File(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}/{index:D6}.png");

    /// <summary>The line, its end included.</summary>
    public byte[] Line(StreetScene scene)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("file_name", File("images"));
            json.WriteString("text", scene.Caption);
            if (options.Files == SceneFiles.PicturesAndAnnotations)
            {
                foreach (string kind in Annotations)
                {
                    json.WriteString(kind + "_file_name", File(kind));
                }
            }

            json.WriteString("time", Word(scene.Appearance.Time));
            json.WriteString("weather", Word(scene.Appearance.Weather));
            json.WriteString(
                "palette",
                scene.Appearance.Palette == BuildingPalette.RedBrick ? "red brick" : Word(scene.Appearance.Palette)
            );
            json.WriteString("layout_seed", Seed(seeds.Layout));
            json.WriteString("appearance_seed", Seed(seeds.Appearance));
            if (scene.Appearance.Detail != SceneDetail.Plain)
            {
                json.WriteString("detail", Word(scene.Appearance.Detail));
            }

            json.WriteNumber("width", options.Width);
            json.WriteNumber("height", options.Height);
            json.WriteStartArray("objects");
            foreach (var o in scene.Objects)
            {
                Object(json, scene, o);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        memory.WriteByte((byte)'\n');
        return memory.ToArray();
    }

    /// <summary>Whether a line written earlier is about this scene.</summary>
    public bool Fits(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && Is(root, "file_name", File("images"))
                && Is(root, "layout_seed", Seed(seeds.Layout))
                && Is(root, "appearance_seed", Seed(seeds.Appearance))
                && Is(root, "width", options.Width)
                && Is(root, "height", options.Height)
                && (
                    root.TryGetProperty("detail", out var shown)
                        ? shown.ValueEquals(Word(options.Detail))
                        : options.Detail == SceneDetail.Plain
                )
                && root.TryGetProperty("labels_file_name", out _) == (options.Files == SceneFiles.PicturesAndAnnotations);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Is(JsonElement root, string name, string value) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String && found.ValueEquals(value);

    private static bool Is(JsonElement root, string name, int value) =>
        root.TryGetProperty(name, out var found)
        && found.ValueKind == JsonValueKind.Number
        && found.TryGetInt32(out int number)
        && number == value;

    private static void Object(Utf8JsonWriter json, StreetScene scene, SceneObject o)
    {
        json.WriteStartObject();
        json.WriteString("class", SceneClasses.Name(o.Class));
        json.WriteNumber("instance", o.Instance);
        Numbers(json, "box", o.Box.Left, o.Box.Top, o.Box.Right, o.Box.Bottom);
        json.WriteNumber("yaw", Rounded(o.Yaw));
        Numbers(json, "center", Rounded(o.Centre.X), Rounded(o.Centre.Y), Rounded(o.Centre.Z));
        Numbers(json, "size", Rounded(o.Size.X), Rounded(o.Size.Y), Rounded(o.Size.Z));
        json.WriteNumber("pixels", o.VisiblePixels);
        json.WriteString("color", o.Class == SceneClass.Car ? Word(scene.Appearance.CarPaints[o.Slot]) : "");
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, params ReadOnlySpan<decimal> values)
    {
        json.WriteStartArray(name);
        foreach (decimal value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>Millimetres and milliradians are enough, and short.</summary>
    private static decimal Rounded(float value) => Math.Round((decimal)value, 3);

    private static string Seed(ulong seed) => seed.ToString(CultureInfo.InvariantCulture);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
