using System.Text.Json;
using Xunit;

namespace Lumen.Tests.Core.Files;

public class LumenExceptionTests
{
    [Fact]
    public void A_fault_lists_the_properties_its_message_names_once_and_in_order()
    {
        var fault = new LumenException(LumenErrorKind.Option, "`Width` and `Height` must be 1 to 4096. Give `Width` alone, or `no name`.");
        Assert.Equal((string[])["Width", "Height"], fault.Properties);
        Assert.Equal("Width", fault.Property);
        Assert.Equal(LumenErrorKind.Option, fault.Kind);
        Assert.Null(new LumenException("The file ends early.").Property);
    }

    [Fact]
    public void A_fault_has_the_kind_of_what_caused_it()
    {
        Assert.Equal(LumenErrorKind.Input, new LumenException("").Kind);
        Assert.Equal(LumenErrorKind.File, new LumenException("", new FileNotFoundException()).Kind);
        Assert.Equal(LumenErrorKind.File, new LumenException("", new UnauthorizedAccessException()).Kind);
        Assert.Equal(LumenErrorKind.Disk, new LumenException("", new IOException("", 28)).Kind);
        Assert.Equal(LumenErrorKind.Format, new LumenException("", new JsonException()).Kind);
        Assert.Equal(LumenErrorKind.Network, new LumenException("", new HttpRequestException()).Kind);
        Assert.Equal(LumenErrorKind.Memory, new LumenException("", new InsufficientMemoryException()).Kind);
        Assert.Equal(LumenErrorKind.Model, new LumenException("", new LumenException(LumenErrorKind.Model, "")).Kind);
    }
}
