using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;

namespace Lumen.Captioning;

/// <summary><see cref="PromptObedience"/> as it stands in pictures, reports and answers of programs.</summary>
public static class ObedienceJson
{
    /// <summary>
    /// <c>score</c>, <c>clip_sha256</c>, and <c>groups</c> with <c>group</c>, <c>phrase</c>, <c>share</c>, <c>reference</c> and
    /// <c>seen</c>.
    /// </summary>
    public static JsonObject Of(PromptObedience obedience)
    {
        var groups = new JsonArray();
        foreach (var group in obedience.Groups)
        {
            var one = new JsonObject
            {
                ["group"] = group.Group,
                ["phrase"] = group.Phrase,
                ["share"] = group.Share,
            };
            if (group.Reference is { } reference)
                one["reference"] = reference;
            one["seen"] = group.Seen;
            groups.Add((JsonNode)one);
        }
        return new JsonObject
        {
            ["score"] = obedience.Score,
            ["clip_sha256"] = obedience.ClipSha256,
            ["groups"] = groups,
        };
    }

    /// <summary>Reads what <see cref="Of"/> wrote; faults are the reader's.</summary>
    internal static PromptObedience Read(ConfigReader fields)
    {
        var groups = fields.Objects("groups", Group);
        fields.Require(groups.Count > 0, "groups must be a list of one or more objects.");
        return new PromptObedience(groups, fields.Text("clip_sha256", ""));

        ObeyedPhrase Group(ConfigReader group) =>
            new(
                group.Text("group", ""),
                group.Text("phrase", ""),
                group.Fraction("share", 0),
                group.Has("reference") ? group.Fraction("reference", 0) : null,
                group.Text("seen", "")
            );
    }
}
