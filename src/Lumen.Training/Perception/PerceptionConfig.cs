using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;

namespace Lumen.Training.Perception;

/// <summary>What a perception network is made of: widths, classes and heads. Its <c>config.json</c>.</summary>
public sealed record PerceptionConfig
{
    /// <summary>Both sides of a picture must be divisible by this.</summary>
    public const int Stride = 8;

    private const int MostChannels = 1 << 12,
        MostBlocks = 16,
        MostClasses = 255;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Channels at a half, a quarter and an eighth of the picture's size.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [32, 64, 128];

    /// <summary>Residual blocks at the lowest level; each sees twice as far as the one before it.</summary>
    public int ContextBlocks { get; init; } = 2;

    /// <summary>
    /// Groups of every norm. With fewer than 16 channels a group, the gradient of a norm takes ten times as long on processors.
    /// </summary>
    public int NormNumGroups { get; init; } = 2;

    /// <summary>The classes; without any there is no semantic head.</summary>
    public PerceptionClasses Classes { get; init; } = PerceptionClasses.None;

    /// <summary>Whether there is a depth head.</summary>
    public bool Depth { get; init; }

    /// <summary>Whether there is a head for surface normals.</summary>
    public bool Normals { get; init; }

    /// <summary>Whether there are heads for centres and offsets of instances. They need things among the classes.</summary>
    public bool Instances { get; init; }

    /// <summary>Whether there is a head for headings. It needs oriented classes.</summary>
    public bool Orientation { get; init; }

    /// <summary>Whether there is a semantic head.</summary>
    public bool Semantics => Classes.Count > 0;

    /// <summary>Names of the heads.</summary>
    public IReadOnlyList<string> Heads =>
        [
            .. new[]
            {
                (Semantics, "semantic"),
                (Depth, "depth"),
                (Normals, "normals"),
                (Instances, "instances"),
                (Orientation, "orientation"),
            }
                .Where(head => head.Item1)
                .Select(head => head.Item2),
        ];

    /// <summary>A network with a head for everything that a set of pictures has labels of.</summary>
    public static PerceptionConfig For(PerceptionData data) =>
        new()
        {
            Classes = data.Has.HasFlag(PerceptionLabels.Classes) ? data.Classes : PerceptionClasses.None,
            Depth = data.Has.HasFlag(PerceptionLabels.Depth),
            Normals = data.Has.HasFlag(PerceptionLabels.Normals),
            Instances = data.Has.HasFlag(PerceptionLabels.Classes | PerceptionLabels.Instances) && data.Classes.Things.Count > 0,
            Orientation = data.Has.HasFlag(PerceptionLabels.Classes | PerceptionLabels.Yaw) && data.Classes.Oriented.Count > 0,
        };

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <exception cref="LumenException">Entries that are unknown, of the wrong kind or contradict each other: all are named in one
    /// message.</exception>
    public static PerceptionConfig Parse(string json) =>
        ConfigJson.Parse(
            json,
            "The configuration of PerceptionNetwork",
            fields =>
            {
                var found = fields.Text("_class_name", nameof(PerceptionNetwork));
                fields.Require(
                    found == nameof(PerceptionNetwork),
                    $"_class_name must be {nameof(PerceptionNetwork)} but is {found}: this is the configuration of another model."
                );
                var names = fields.Texts("classes", []);
                var config = new PerceptionConfig
                {
                    Widths = fields.Ints("widths", [32, 64, 128], most: MostChannels),
                    ContextBlocks = fields.Int("context_blocks", 2, most: MostBlocks),
                    NormNumGroups = fields.Int("norm_num_groups", 2, most: MostChannels),
                    Classes = new PerceptionClasses(names, Ids("things"), Ids("oriented")),
                    Depth = fields.Flag("depth", false),
                    Normals = fields.Flag("normals", false),
                    Instances = fields.Flag("instances", false),
                    Orientation = fields.Flag("orientation", false),
                };
                foreach (var fault in config.Faults())
                    fields.Require(false, fault);
                fields.RefuseOthers();
                return config;

                int[] Ids(string key)
                {
                    var chosen = fields.Texts(key, []);
                    foreach (var name in chosen.Where(name => !names.Contains(name, StringComparer.Ordinal)))
                        fields.Require(false, $"{key}: \"{name}\" is not among the classes.");
                    return [.. chosen.Select(name => names.ToList().IndexOf(name)).Where(id => id >= 0)];
                }
            }
        );

    /// <summary>Whether a network can be made of it.</summary>
    internal bool IsPossible => !Faults().Any();

    /// <summary>Refuses what no network can be made of.</summary>
    /// <exception cref="LumenException">A sentence for each fault.</exception>
    public void Validate()
    {
        var faults = Faults().ToList();
        if (faults.Count > 0)
            throw new LumenException($"This perception network cannot be made: {string.Join(" ", faults)}");
    }

    /// <summary>The <c>config.json</c>.</summary>
    public string ToJson() =>
        new JsonObject
        {
            ["_class_name"] = nameof(PerceptionNetwork),
            ["widths"] = Array(Widths.Select(width => JsonValue.Create(width))),
            ["context_blocks"] = ContextBlocks,
            ["norm_num_groups"] = NormNumGroups,
            ["classes"] = Array(Classes.Names.Select(name => JsonValue.Create(name))),
            ["things"] = Array(Classes.Things.Select(id => JsonValue.Create(Classes.Names[id]))),
            ["oriented"] = Array(Classes.Oriented.Select(id => JsonValue.Create(Classes.Names[id]))),
            ["depth"] = Depth,
            ["normals"] = Normals,
            ["instances"] = Instances,
            ["orientation"] = Orientation,
        }.ToJsonString(Indented) + "\n";

    private static JsonArray Array(IEnumerable<JsonNode?> values) => new([.. values]);

    private IEnumerable<string> Faults()
    {
        if (Widths.Count != 3)
            yield return $"widths must be three numbers, for a half, a quarter and an eighth of the size, but there are {Widths.Count}.";
        if (NormNumGroups < 1)
            yield return $"norm_num_groups must be 1 or more but is {NormNumGroups}.";
        else
            foreach (var width in Widths.Where(width => width < 1 || width % NormNumGroups != 0))
                yield return $"widths: {width} is not a positive multiple of norm_num_groups = {NormNumGroups}.";
        if (ContextBlocks is < 1 or > MostBlocks)
            yield return $"context_blocks must be 1 to {MostBlocks} but is {ContextBlocks}.";
        if (Classes.Count > MostClasses)
            yield return $"classes: there are {Classes.Count}, but labels of 8 bits distinguish {MostClasses}.";
        if (Classes.Names.Distinct(StringComparer.Ordinal).Count() != Classes.Count)
            yield return "classes: two have the same name.";
        if (Classes.Things.Concat(Classes.Oriented).Any(id => id < 0 || id >= Classes.Count))
            yield return "things and oriented must be among the classes.";
        if (Instances && Classes.Things.Count == 0)
            yield return "instances need things: name the classes whose objects are to be distinguished.";
        if (Orientation && Classes.Oriented.Count == 0)
            yield return "orientation needs oriented classes.";
        if (!Semantics && !Depth && !Normals)
            yield return "there is no head: give classes, depth or normals.";
    }
}
