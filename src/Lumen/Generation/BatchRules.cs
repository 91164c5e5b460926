namespace Lumen.Generation;

/// <summary>Which requests can share a batch.</summary>
internal static class BatchRules
{
    /// <summary>Refuses requests that cannot share a pass.</summary>
    public static void Require(IReadOnlyList<GenerationRequest> requests)
    {
        if (requests.Count == 0)
            throw new ArgumentException("requests must hold at least one request but is empty.", nameof(requests));
        var first = requests[0];
        if (requests.Any(request => (request.PaddedWidth, request.PaddedHeight) != (first.PaddedWidth, first.PaddedHeight)))
            throw new ArgumentException(
                $"requests must have one padded size, {first.PaddedWidth} x {first.PaddedHeight} like the first, to share a batch.",
                nameof(requests)
            );
        if (requests.Any(request => request.Layout is null != first.Layout is null))
            throw new ArgumentException("requests must have a layout in all of them or in none to share a batch.", nameof(requests));
        if (requests.Any(request => request.ConditionImage is null != first.ConditionImage is null))
            throw new ArgumentException(
                "requests must have a condition image in all of them or in none to share a batch.",
                nameof(requests)
            );
        if (requests.Any(request => request is { Layout: not null, ConditionImage: not null }))
            throw new ArgumentException(
                "requests must have a layout or a condition image, not both: an adapter reads one of them.",
                nameof(requests)
            );
        if (requests.Any(request => request.Initial is null != first.Initial is null))
            throw new ArgumentException("requests must begin from a picture in all of them or in none to share a batch.", nameof(requests));
    }
}
