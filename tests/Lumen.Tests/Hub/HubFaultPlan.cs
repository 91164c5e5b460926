namespace Lumen.Tests.Hub;

/// <summary>How <see cref="FakeHub"/> misbehaves once.</summary>
internal sealed record HubFaultPlan
{
    /// <summary>Answers this status instead; 0 for none.</summary>
    public int Status { get; init; }

    /// <summary>With these headers.</summary>
    public string[] Headers { get; init; } = [];

    /// <summary>Sends this many bytes and hangs up.</summary>
    public int? DropAfter { get; init; }

    /// <summary>Announces this length of the body.</summary>
    public long? Announced { get; init; }

    /// <summary>Sends something else.</summary>
    public byte[]? Content { get; init; }

    /// <summary>Sends the list's beginning again and again until the other side hangs up.</summary>
    public bool IsEndless { get; init; }

    /// <summary>Always sends the whole file.</summary>
    public bool IgnoresRange { get; init; }

    /// <summary>Says that the range begins elsewhere.</summary>
    public int RangeShift { get; init; }

    /// <summary>Says nothing for a while before it hangs up.</summary>
    public TimeSpan StallsFor { get; init; }

    /// <summary>Announces another hash.</summary>
    public string? Etag { get; init; }

    /// <summary>Announces another size.</summary>
    public long? Size { get; init; }

    /// <summary>Redirects elsewhere.</summary>
    public string? Location { get; init; }
}
